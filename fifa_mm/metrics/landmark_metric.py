"""The registered metric over ``functional``."""

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MessageHub, MMLogger
from mmpose.registry import METRICS

from fifa_mm.annotations import Annotations, subset_ids
from fifa_mm.files import write_json
from fifa_mm.metrics import functional, report


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
    ``DumpResults`` (``tools/test.py --dump``) keeps them with the predictions; where a config has
    several of these metrics, they are the last one's.

    Args:
        protocol (str): ``'inter-ocular'``, ``'inter-pupil'``, ``'box'``, ``'diagonal'`` or
            ``'landmark-box'``, see :func:`fifa_mm.metrics.functional.normalizer`. The number of
            landmarks selects the indices.
        threshold (float, optional): Error beyond which a face is a failure and up to which AUC
            integrates, as a fraction. By default 0.10 for the eye distances and 0.07 for the boxes.
        subsets (Sequence[str] | dict, optional): Faces to score separately, in the same pass: names
            of 0/1 fields of the annotation, or ``{name: rule}``, see
            :meth:`fifa_mm.annotations.Annotations.subset`.
        auc_grid (str, optional): ``None`` for the exact integral, ``'farl'`` for FaRL's grid.
        ann_file (str, optional): Annotation file of the test set, for the subsets and the box
            protocols. By default the one MMPose's dataset announced; where there is none, the
            samples' own ``raw_ann_info`` and ``bboxes``.
        per_face_file (str, optional): JSON file for every face's id, error, normaliser and
            predicted landmarks. ``tools/evaluate.py`` and ``tools/plot.py`` read it.
        collect_device, prefix: As in mmengine's ``BaseMetric``.

    Attributes:
        faces (list[dict]): ``id``, ``nme`` (fraction), ``norm`` (pixels), ``keypoints`` and so on
            of every face of the last evaluation, in the main process.

    Raises:
        ValueError: An unknown protocol, threshold or grid; while evaluating, a face that the
            protocol cannot normalise, a subset that no face of the annotation file has, or an
            annotation file that labels a face otherwise than the dataset does.
    """

    def __init__(
        self,
        protocol='inter-ocular',
        threshold=None,
        subsets=None,
        auc_grid=None,
        ann_file=None,
        per_face_file=None,
        collect_device='cpu',
        prefix=None,
    ):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.protocol = functional.check_protocol(protocol)
        default = functional.THRESHOLDS[protocol]
        self.threshold = functional.check_threshold(default if threshold is None else threshold)
        functional.ced_auc([0.0], self.threshold, auc_grid)
        self.auc_grid = auc_grid
        if isinstance(subsets, str):
            raise ValueError(f'subsets must be a list or a dict, got the string {subsets!r}')
        self.subsets = subsets or {}
        if 'full' in self.subsets:
            raise ValueError("subsets must not contain 'full', the name of the whole test set")
        self.ann_file = ann_file
        self.per_face_file = per_face_file
        self.annotations = None
        self.subset_ids = None
        self.faces = None

    def process(self, data_batch, data_samples):
        """Score a batch. Each sample has ``pred_instances``, ``gt_instances`` and ``id``."""
        if self.annotations is None and (self.subsets or self.protocol in ('box', 'diagonal')):
            self._read_annotations()
        for sample in data_samples:
            face = self._face(sample)
            sample['nme'], sample['norm'] = face['nme'], face['norm']
            if self.annotations is None and self.subsets:
                face['annotation'] = self._raw_annotation(sample)
            self.results.append(face)

    def compute_metrics(self, results):
        """Percentages over all faces; see the class for the keys."""
        if not results:
            raise ValueError('FaceLandmarkMetric: no face was evaluated')
        self.faces = results
        ids = [face['id'] for face in results]
        nmes = np.array([face['nme'] for face in results])
        annotated = [face.pop('annotation', None) for face in results]
        if self.annotations is None and self.subsets:
            images = [face['img_path'] for face in results]
            faces = dict(zip(ids, annotated, strict=True))
            samples = Annotations(faces, dict(zip(ids, images, strict=True)), 'the test set')
            self.subset_ids = subset_ids(samples, self.subsets)
        subsets = self.subset_ids or {}
        rows = report.subset_scores(ids, nmes, subsets, self.threshold, self.auc_grid)
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
        for note in report.notes(nmes, [face['num_labelled'] for face in results]):
            logger.warning(note)
        if self.annotations is not None and (left := set(self.annotations.faces) - set(ids)):
            logger.warning(
                f'{len(left)} of the {len(self.annotations)} faces of {self.annotations.path} were '
                f'not evaluated, for example face id {min(left)}'
            )
        if self.per_face_file:
            content = {'protocol': self.protocol, 'threshold': self.threshold, 'scores': rows}
            write_json(self.per_face_file, content | {'faces': results})
            logger.info(f'Predictions and errors of every face are in {self.per_face_file}.')
        metrics = {}
        for name, row in rows.items():
            start = '' if name == 'full' else f'{name}/'
            metrics.update({start + key: row[key] for key in ('NME', 'FR', 'AUC')})
        return metrics

    def _face(self, sample):
        pred = np.asarray(sample['pred_instances']['keypoints'], np.float64)  # (1, K, 2)
        labels = sample['gt_instances']
        gt = np.asarray(labels['keypoints'], np.float64)
        visible = np.asarray(labels['keypoints_visible'])
        visible = visible.reshape(*visible.shape[:2], -1)[..., 0]
        try:
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

    def _check_labels(self, face_id, gt):
        if self.annotations is None:
            return
        points, visible = self.annotations.landmarks(face_id)
        if points.shape == gt.shape and not np.allclose(
            points[visible > 0], gt[visible > 0], atol=0.01
        ):
            raise ValueError(
                f'the landmarks are others in {self.annotations.path}: ann_file must be the '
                'annotation file of the test set'
            )

    def _box(self, sample):
        if self.protocol not in ('box', 'diagonal'):
            return None
        if self.annotations is None:
            return np.asarray(sample['gt_instances']['bboxes'], np.float64)
        return self.annotations.box(sample['id'])[None]

    def _read_annotations(self):
        name = (self.dataset_meta or {}).get('dataset_name')
        announced = MessageHub.get_current_instance().get_info(f'{name}_ann_file')
        path = self.ann_file or announced
        if path:
            self.annotations = Annotations.load(path)
            self.subset_ids = subset_ids(self.annotations, self.subsets)

    def _raw_annotation(self, sample):
        if not isinstance(sample.get('raw_ann_info'), dict):
            raise ValueError(
                'subsets need ann_file: the dataset announced no annotation file, and face id '
                f'{sample["id"]} has no raw_ann_info'
            )
        return sample['raw_ann_info']
