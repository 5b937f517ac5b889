"""Whether a score is over every annotated face once, and if not, why."""

from collections import Counter
from collections.abc import Sequence

from fifa_mm.annotations import Annotations, named, why_dropped


def miscount(ids: Sequence, annotations: Annotations | None) -> str:
    """What keeps a score from being over every annotated face once, in a sentence.

    Args:
        ids: Face ids that were evaluated, one an evaluation.
        annotations: The test set's, where it has a file; read with ``strict=False``.

    Returns:
        The sentence, or nothing where all is well.
    """
    evaluated = Counter(ids)
    double = [f'face {i}' for i, times in evaluated.items() if times > 1]
    if annotations is None:
        found = [named(double, 'evaluated twice')]
        total = f'{len(evaluated)} faces'
    else:
        dropped = [
            f'face {i} ({annotations.file_names[i]}: {why_dropped(face, annotations.images)})'
            for i, face in annotations.faces.items()
            if i not in evaluated
        ]
        unknown = [f'face {i}' for i in evaluated if i not in annotations.faces]
        found = [
            named(dropped, 'dropped'),
            named(double, 'evaluated twice'),
            named(unknown, 'not in the file'),
            *annotations.flaws,
        ]
        total = f'{annotations.total} faces of {annotations.path}'
    found = [text for text in found if text]
    return f'{len(ids)} evaluations of the {total}: {"; ".join(found)}' if found else ''
