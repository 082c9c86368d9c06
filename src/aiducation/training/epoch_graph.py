"""An epoch that a GPU goes through by itself: the step is recorded once and then only started, batch after batch.

The networks of the study are small for a GPU: starting the hundreds of kernels of a step one by one takes the processor longer
than the GPU needs to run them. Recorded as a CUDA graph, a step is started at once, and so several networks can share one card.

Everything a step needs lies on the device: images, their order, what is drawn for them, and the number of the next image. So
nothing waits for the device before the sums of the epoch are read. Other devices go through the same steps without a recording.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from aiducation.training.batches import Part, batch_rows, changed_images, draw_epoch
from aiducation.training.config import TrainConfig
from aiducation.training.device import Compute
from aiducation.training.models import outcome_logits
from aiducation.training.tally import Tally

#: Steps before a recording: libraries choose their algorithms in the first ones, and take their memory.
_WARM_UP = 3

#: How often a recording is tried: what another thread does with the device meanwhile can break one.
_TRIES = 3

#: Held during a recording: two at a time would see each other's memory. So does who may wait for the whole device (``Judge``).
RECORDING = threading.Lock()

#: What a step lowers: outputs of the network and (B,) true states -> the loss.
Loss = Callable[[object, Tensor], Tensor]


class EpochGraph:
    """The epochs of one network over one part.

    Args:
        model, optimizer: what is trained; on a GPU the optimizer must be "capturable" and its learning rate constant.
        loss: see ``Loss``.
        config: batch size, seed and augmentation.
        compute: device and precision.
        part: the images, on the device.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss: Loss,
        config: TrainConfig,
        compute: Compute,
        part: Part,
    ) -> None:
        self.part = part
        self._model, self._optimizer, self._loss = model, optimizer, loss
        self._config, self._compute = config, compute
        device, n = compute.device, len(part)
        self._order = torch.arange(n, device=device)
        self._mirrored = torch.zeros(n, dtype=torch.bool, device=device)
        self._degrees = torch.zeros(n, device=device)
        self._next = torch.zeros((), dtype=torch.int64, device=device)
        self._batches = batch_rows(n, config.batch_size)
        self._places = torch.arange(max(map(_length, self._batches)), device=device)
        self._tally = Tally(device)
        self._stream: torch.cuda.Stream | None = None
        self._recorded: dict[int, torch.cuda.CUDAGraph | None] = {}  # None: started kernel by kernel

    @property
    def replays(self) -> bool:
        """Whether every step is a recording that the GPU goes through by itself."""
        return bool(self._recorded) and None not in self._recorded.values()

    def run(self, epoch: int, *, on_batch: Callable[[int], None] | None = None) -> dict[str, float]:
        """Train on every image once; gives the ``runs.METRICS`` on the augmented images.

        Args:
            epoch: counted from 1.
            on_batch: called with the images whose step was started so far.
        """
        self._model.train()
        for length in dict.fromkeys(
            map(_length, self._batches)
        ):  # before the draw, since warming up goes over the images, too
            if length not in self._recorded:
                self._recorded[length] = self._record(length)
        for held, drawn in zip(
            (self._order, self._mirrored, self._degrees), draw_epoch(len(self.part), self._config, epoch), strict=True
        ):
            held.copy_(drawn)
        self._next.zero_()
        self._tally.reset()
        for rows in self._batches:
            if (graph := self._recorded[_length(rows)]) is not None:
                graph.replay()
            else:
                self._plain_step(_length(rows))
            if on_batch:
                on_batch(rows.stop)
        return self._tally.metrics()

    def _plain_step(self, length: int) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        self._step(length)

    def _step(self, length: int) -> None:
        """One step with fresh gradients over the next ``length`` images, without waiting for the device."""
        at = self._next + self._places[:length]
        images, truth = changed_images(self.part, self._config, self._order[at], self._mirrored[at], self._degrees[at])
        with self._autocast():
            outputs = self._model(images.contiguous(memory_format=torch.channels_last))
            loss = self._loss(outputs, truth)
        loss.backward()
        self._optimizer.step()
        self._tally.add(outcome_logits(outputs), truth, loss)  # type: ignore[arg-type]
        self._next.add_(length)

    def _autocast(self) -> AbstractContextManager[object]:
        if self._compute.dtype == torch.float32:
            return nullcontext()
        # A recording must not reuse a weight that was rounded before it began.
        return torch.autocast(self._compute.device.type, self._compute.dtype, cache_enabled=False)

    def _record(self, length: int) -> torch.cuda.CUDAGraph | None:
        """The step over ``length`` images as something to start again and again; None where there is only step by step."""
        if self._compute.device.type != "cuda":
            return None
        with RECORDING:
            kept = self._snapshot()
            # One stream for all recordings: gradients are summed where they were summed first.
            stream = self._stream = self._stream or torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(_WARM_UP):
                    self._next.zero_()
                    self._plain_step(length)
            torch.cuda.current_stream().wait_stream(stream)
            graph = self._captured(length, stream)
            self._restore(kept)
            torch.cuda.current_stream().synchronize()
        return graph

    def _captured(self, length: int, stream: torch.cuda.Stream) -> torch.cuda.CUDAGraph | None:
        """A recording of the step; None, with a warning, if it fails again and again.

        Not by ``torch.cuda.graph``: that waits for the whole device, and so for all other networks, and gives back memory that
        they are about to use again. After a failure it also stays on the stream.
        """
        why = ""
        for _ in range(_TRIES):
            self._optimizer.zero_grad(set_to_none=True)  # gradients must come into being in the recording
            stream.synchronize()
            graph = torch.cuda.CUDAGraph()
            try:
                with torch.cuda.stream(stream):
                    graph.capture_begin(capture_error_mode="thread_local")
                    try:
                        self._step(length)
                    finally:
                        graph.capture_end()
                return graph
            except RuntimeError as error:
                why = str(error)
        warnings.warn(f"The step could not be recorded, so it is started kernel by kernel: {why}", stacklevel=2)
        return None

    def _snapshot(self) -> tuple[dict[str, Tensor], dict[Tensor, dict[str, Tensor]]]:
        """Weights and the optimizer's state as they are now."""
        weights = {name: tensor.clone() for name, tensor in self._model.state_dict().items()}
        state = {
            parameter: {name: value.clone() for name, value in values.items()}
            for parameter, values in self._optimizer.state.items()
        }
        return weights, state

    def _restore(self, kept: tuple[dict[str, Tensor], dict[Tensor, dict[str, Tensor]]]) -> None:
        """Back to a snapshot, in place: the recording knows these very tensors. What was not there then is zero."""
        weights, state = kept
        with torch.no_grad():
            for name, tensor in self._model.state_dict().items():
                tensor.copy_(weights[name])
            for parameter, values in self._optimizer.state.items():
                for name, value in values.items():
                    before = state.get(parameter, {}).get(name)
                    value.zero_() if before is None else value.copy_(before)


def _length(rows: slice) -> int:
    length: int = rows.stop - rows.start
    return length
