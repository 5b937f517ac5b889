from types import SimpleNamespace

import torch
from torch import nn

from fifa_mm import ChannelsLastHook


def test_only_the_layout_changes():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, 2))
    image = torch.rand(2, 3, 3, 3)
    before, names = model.eval()(image), list(model.state_dict())
    ChannelsLastHook().before_run(SimpleNamespace(model=model))
    assert model[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert not model[0].weight.is_contiguous()
    assert model[0](image).is_contiguous(memory_format=torch.channels_last)
    assert list(model.state_dict()) == names
    torch.testing.assert_close(model(image), before)
