from .ff_parser import FFParser
from .hourglass import Hourglass
from .plain_vit import PlainViT
from .vit_hourglass import ViTHourglass

__all__ = ['FFParser', 'Hourglass', 'PlainViT', 'ViTHourglass']
