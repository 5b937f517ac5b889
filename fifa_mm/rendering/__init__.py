"""The face behind :class:`fifa_mm.SyntheticFaces`.

``model`` is the geometry, ``landmarks`` the curves and points on it, ``texture`` their colours,
``scene`` what is around and before the face, ``render`` the picture.
"""
