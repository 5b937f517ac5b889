"""One definition's landmarks of a network that predicts those of several."""

from typing import TYPE_CHECKING

import numpy as np

from fifa_mm import checks

if TYPE_CHECKING:
    from fifa_mm.predict.pipeline import Network


class LandmarkSet:
    """A network that gives the landmarks of one of another network's definitions.

    Args:
        network: Predicts the landmarks of all its ``sets``, one after the other.
        count: Number of landmarks of the one.

    Raises:
        ValueError: the network has no such set.
    """

    def __init__(self, network: 'Network', count: int):
        checks.choice('landmarks', count, network.sets)
        first = sum(network.sets[: network.sets.index(count)])
        self._network, self._chosen = network, slice(first, first + count)
        self.size, self.padding, self.box = network.size, network.padding, network.box
        self.num_landmarks, self.sets = count, (count,)

    def __call__(self, crops: np.ndarray) -> tuple:
        """Landmarks (N, K, 2) in pixels of the crops and scores (N, K), of (N, h, w, 3) uint8."""
        points, scores = self._network(crops)
        return points[:, self._chosen], scores[:, self._chosen]
