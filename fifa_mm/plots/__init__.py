"""Every picture: of an evaluation, of a training, of a table beside the paper's."""
