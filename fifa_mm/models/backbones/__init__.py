from .adnet_backbone import ADNet
from .fan import FAN
from .ff_parser import FFParser
from .hourglass import Hourglass
from .plain_vit import PlainViT
from .vit_hourglass import ViTHourglass

__all__ = ['FAN', 'ADNet', 'FFParser', 'Hourglass', 'PlainViT', 'ViTHourglass']
