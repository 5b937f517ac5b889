"""Networks: backbones, necks, heads, losses, and the Siamese estimator."""
