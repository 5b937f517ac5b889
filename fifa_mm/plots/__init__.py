"""Every picture: of faces, of an evaluation, of a training, of a table beside the paper's."""
