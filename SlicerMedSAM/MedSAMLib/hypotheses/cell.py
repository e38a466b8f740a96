"""SeqSAM's recurrent cell: what the decoder is told of the masks that came before.

Towle, Chen and Zhou, SeqSAM, ISBI 2025, section 2; two linear 3x3 convolutions without gate, norm
or non-linearity. Of the dense prompt `u` of the previous mask and the hidden state `H` it makes
`Z`, which takes the place of `u` in SAM's decoder, and the next hidden state. It starts as the
identity, `Z = u`: with a fresh cell the first mask is plain SAM's, bit for bit, and the others
are SAM fed with its own answer.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

RELEASED_DEVIATION = 0.02  # of the normal from which the author's framework draws filters
# The hidden state is not zero from the start: with both its way in and its way out at zero neither
# would ever get a gradient. The way out is zero, so that the state changes no mask yet.
STATE_DEVIATION = 0.01
Filters = tuple[torch.Tensor, torch.Tensor]


class RecurrentCell(nn.Module):
    """Two 3x3 convolutions from 2C to C channels; C = 256 in every SAM.

    `compat` starts from small random filters, as the author's working code does: the first mask
    is then not SAM's any more.
    """

    def __init__(self, channels: int = 256, compat: bool = False) -> None:
        super().__init__()
        self.channels = channels
        self.prompt = nn.Conv2d(2 * channels, channels, kernel_size=3, padding=1)
        self.hidden = nn.Conv2d(2 * channels, channels, kernel_size=3, padding=1)
        nn.init.zeros_(self.prompt.bias)
        nn.init.zeros_(self.hidden.bias)
        if compat:
            nn.init.normal_(self.prompt.weight, std=RELEASED_DEVIATION)
            nn.init.normal_(self.hidden.weight, std=RELEASED_DEVIATION)
            return
        nn.init.zeros_(self.prompt.weight)
        nn.init.normal_(self.hidden.weight, std=STATE_DEVIATION)
        with torch.no_grad():
            self.prompt.weight[:, :channels, 1, 1] = torch.eye(channels)

    def forward(
        self, dense: torch.Tensor, hidden: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """`Z` and the next hidden state, each (B, C, g, g), of `u` and `H` of that shape.

        The definition; `recurrent_decoder` computes the same by parts of it, several times faster.
        """
        both = torch.cat([dense, hidden], dim=1)
        return self.prompt(both), self.hidden(both)

    def filters(self) -> Filters:
        """What is convolved with `u` and with `H`, each (2C, C, 3, 3): `Z` first, then the state.

        The identity is left out of the first: `Z = u + ...` keeps a fresh cell exact.
        """
        ours, states = self.prompt.weight, self.hidden.weight
        identity = torch.zeros_like(ours[:, : self.channels])
        identity[:, :, 1, 1] = torch.eye(self.channels, dtype=ours.dtype, device=ours.device)
        of_prompt = torch.cat([ours[:, : self.channels] - identity, states[:, : self.channels]])
        return of_prompt, torch.cat([ours[:, self.channels :], states[:, self.channels :]])

    def biases(self) -> torch.Tensor:
        """(2C,), `Z` first."""
        return torch.cat([self.prompt.bias, self.hidden.bias])


def convolved(maps: torch.Tensor, filters: torch.Tensor, bias: torch.Tensor | None = None):
    """3x3 convolution with zero padding, as the cell's own."""
    return F.conv2d(maps, filters, bias, padding=1)
