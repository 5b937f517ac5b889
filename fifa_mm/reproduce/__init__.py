"""The paper's tables: which cells they have, how a cell is trained on other data, what came out."""
