"""The running average, against its formula."""

from __future__ import annotations

import torch
from torch import nn

from aiducation.training.averaging import running_average


def test_it_is_the_exponential_average_that_forgets_the_first_weights_soon() -> None:
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3)).train()
    average = running_average(network, 0.5)
    expected = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for step in range(12):
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn(parameter.shape))
        network(torch.rand(4, 1, 6, 6))
        average.update_parameters(network)
        decay = min(0.5, (1 + step) / (10 + step))
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                expected[name] = expected[name].lerp(tensor, 1 - decay)
            else:
                expected[name] = tensor.clone()
    for name, tensor in average.module.state_dict().items():
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=0)
