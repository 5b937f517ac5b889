"""The registered metric over ``functional``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.fileio import get_local_path
from mmengine.logging import MessageHub, MMLogger
from mmpose.registry import METRICS

from fifa_mm.annotations import Annotations, check_names, subset_ids
from fifa_mm.checks import choice
from fifa_mm.files import write_json
from fifa_mm.metrics import functional, report
from fifa_mm.metrics.counting import miscount


@METRICS.register_module()
class FaceLandmarkMetric(BaseMetric):
    """NME, failure rate and AUC of face landmarks under a named protocol, per subset.

    All three are in **percent** (MMPose's own ``NME`` metric gives a fraction). NME is the mean
    over faces. Keys: ``NME``, ``FR``, ``AUC`` and, for each subset, ``<subset>/NME`` and so on, so
    that ``CheckpointHook(save_best='NME', rule='less')`` works. The protocol, threshold and number
    of faces are logged with every result.

    A face whose prediction is NaN counts as a failure with an infinite error, which makes the NME
    infinite; the log says how many there are and the NME of the others.

    Each data sample gets ``nme`` (fraction) and ``norm`` (pixels), so that mmengine's
    ``DumpResults`` (``fifa_mm test --dump``) keeps them with the predictions; where a config has
    several of these metrics, they are the last one's.

    Args:
        protocol: ``'inter-ocular'``, ``'inter-pupil'``, ``'box'``, ``'diagonal'`` or
            ``'landmark-box'``, see :func:`fifa_mm.metrics.functional.normalizer`. The number of
            landmarks selects the indices.
        threshold: Error beyond which a face is a failure and up to which AUC
            integrates, as a fraction. By default 0.10 for the eye distances and 0.07 for the boxes.
        subsets: Faces to score separately, in the same pass: names
            of 0/1 fields of the annotation, or ``{name: rule}``, see
            :meth:`fifa_mm.annotations.Annotations.subset`.
        auc_grid: ``None`` for the exact integral, ``'farl'`` for FaRL's grid.
        ann_file: Annotation file of the test set, for the number of faces, the
            subsets and the box protocols. By default the one MMPose's dataset announced; where
            there is none, the samples' own ``raw_ann_info`` and ``bboxes``.
        miscount: ``'error'``: a face of the annotation file that is not evaluated, or twice,
            is an error (MMPose leaves faces with an empty box or an unknown image out without a
            word); ``'report'``: it is said in a line beside the score.
        per_face_file: JSON file for every face's id, error, normaliser and
            predicted landmarks. ``fifa_mm evaluate`` and ``fifa_mm plot`` read it.
        collect_device, prefix: As in mmengine's ``BaseMetric``.

    Attributes:
        faces: ``id``, ``nme`` (fraction), ``norm`` (pixels), ``keypoints`` and so on
            of every face of the last evaluation, in the main process.

    Raises:
        ValueError: An unknown protocol, threshold or grid; while evaluating, a face that the
            protocol cannot normalise, a subset that no face of the annotation file has, or an
            annotation file that labels a face otherwise than the dataset does.
    """

    default_prefix = ''  # none; MMEngine warns of None

    def __init__(
        self,
        protocol: str = 'inter-ocular',
        threshold: float | None = None,
        subsets: Sequence[str] | dict[str, Any] | None = None,
        auc_grid: str | None = None,
        ann_file: str | None = None,
        per_face_file: str | None = None,
        miscount: str = 'error',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.protocol = functional.check_protocol(protocol)
        default = functional.THRESHOLDS[protocol]
        self.threshold = functional.check_threshold(default if threshold is None else threshold)
        functional.ced_auc([0.0], self.threshold, auc_grid)
        self.auc_grid = auc_grid
        check_names(subsets or {})
        self.subsets = subsets or {}
        self.miscount = choice('miscount', miscount, ('error', 'report'))
        self.ann_file = ann_file
        self.per_face_file = per_face_file
        self.annotations: Annotations | None = None
        self.subset_ids: dict[str, set] = {}
        self.faces: list[dict[str, Any]] | None = None

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:
        """Score a batch. Each sample has ``pred_instances``, ``gt_instances`` and ``id``."""
        self.read_annotations()
        for sample in data_samples:
            face = self._face(sample)
            sample['nme'], sample['norm'] = face['nme'], face['norm']
            if self.annotations is None and self.subsets:
                face['annotation'] = self._raw_annotation(sample)
            self.results.append(face)

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Percentages over all faces; see the class for the keys."""
        if not results:
            raise ValueError('FaceLandmarkMetric: no face was evaluated')
        self.faces = results
        ids = [face['id'] for face in results]
        miscounted = self.check_faces(ids)
        nmes = np.array([face['nme'] for face in results])
        annotated = [face.pop('annotation', None) for face in results]
        if self.annotations is None and self.subsets:
            images = [face['img_path'] for face in results]
            faces = dict(zip(ids, annotated, strict=True))
            samples = Annotations(faces, dict(zip(ids, images, strict=True)), 'the test set')
            self.subset_ids = subset_ids(samples, self.subsets)
        rows = report.subset_scores(ids, nmes, self.subset_ids, self.threshold, self.auc_grid)
        title = report.title(
            self.protocol,
            self.threshold,
            len(results),
            len(results[0]['keypoints']),
            (self.dataset_meta or {}).get('dataset_name', ''),
            self.auc_grid,
        )
        logger = MMLogger.get_current_instance()
        logger.info('FaceLandmarkMetric\n' + report.table(rows, title))
        notes = report.notes(nmes, [face['num_labelled'] for face in results])
        notes += [miscounted] if miscounted else []
        for note in notes:
            logger.warning(note)
        if self.per_face_file:
            content = {'protocol': self.protocol, 'threshold': self.threshold, 'scores': rows}
            content['notes'] = notes
            write_json(self.per_face_file, content | {'faces': results})
            logger.info(f'Predictions and errors of every face are in {self.per_face_file}.')
        metrics = {}
        for name, row in rows.items():
            start = '' if name == 'full' else f'{name}/'
            metrics.update({start + key: row[key] for key in ('NME', 'FR', 'AUC')})
        return metrics

    def check_faces(self, ids: Sequence) -> str:
        """What keeps a score over the faces of these ids from being over every annotated face once.

        Args:
            ids: Face ids, one an evaluation.

        Returns:
            A sentence, or nothing where all is well.

        Raises:
            ValueError: There is something, and ``miscount`` is ``'error'``.
        """
        miscounted = miscount(ids, self.annotations)
        if miscounted and self.miscount == 'error':
            raise ValueError(
                f"FaceLandmarkMetric: {miscounted}. With miscount='report' this is a line beside "
                'the score'
            )
        return miscounted

    def _face(self, sample: dict[str, Any]) -> dict[str, Any]:
        pred = np.asarray(sample['pred_instances']['keypoints'], np.float64)  # (1, K, 2)
        labels = sample['gt_instances']
        gt = np.asarray(labels['keypoints'], np.float64)
        visible = np.asarray(labels['keypoints_visible'])
        visible = visible.reshape(*visible.shape[:2], -1)[..., 0]
        try:
            self._check_definition(gt.shape[1])
            self._check_labels(sample['id'], gt[0])
            box = self._box(sample)
            norm = functional.normalizer(gt, self.protocol, box, visible)
            nme = functional.nme(pred, gt, norm, visible)
        except ValueError as error:
            image = sample.get('img_path', 'unknown image')
            raise ValueError(f'face id {sample["id"]} ({image}): {error}') from error
        return {
            'id': sample['id'],
            'img_path': sample.get('img_path'),
            'nme': float(nme[0]),
            'norm': float(norm[0]),
            'num_labelled': int((visible > 0).sum()),
            'keypoints': pred[0],
        }

    def _check_definition(self, count: int) -> None:
        meta = self.dataset_meta or {}
        if count != meta.get('num_keypoints', count):
            raise ValueError(
                f'{meta.get("dataset_name", "the dataset")} defines {meta["num_keypoints"]} '
                f'landmarks, this face has {count}: the eyes would be others'
            )

    def _check_labels(self, face_id: int | str, gt: np.ndarray) -> None:
        if self.annotations is None or face_id not in self.annotations.faces:
            return  # unknown ones are counted
        points, visible = self.annotations.landmarks(face_id)
        if points.shape == gt.shape and not np.allclose(
            points[visible > 0], gt[visible > 0], atol=0.01
        ):
            raise ValueError(
                f'the landmarks are others in {self.annotations.path}: ann_file must be the '
                'annotation file of the test set'
            )

    def _box(self, sample: dict[str, Any]) -> np.ndarray | None:
        if self.protocol not in ('box', 'diagonal'):
            return None
        if self.annotations is None:
            return np.asarray(sample['gt_instances']['bboxes'], np.float64)
        return self.annotations.box(sample['id'])[None]

    def read_annotations(self) -> None:
        """Read the annotation file of the test set, once, where there is one."""
        if self.annotations is not None:
            return
        name = (self.dataset_meta or {}).get('dataset_name')
        announced = MessageHub.get_current_instance().get_info(f'{name}_ann_file')
        path = self.ann_file or announced
        if path:
            with get_local_path(path) as local:
                annotations = Annotations.load(local, strict=False)
            self.annotations = annotations
            self.subset_ids = subset_ids(annotations, self.subsets)

    def _raw_annotation(self, sample: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(sample.get('raw_ann_info'), dict):
            raise ValueError(
                'subsets need ann_file: the dataset announced no annotation file, and face id '
                f'{sample["id"]} has no raw_ann_info'
            )
        return sample['raw_ann_info']
