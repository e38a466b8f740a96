"""An image as its spectrum: where it is smooth and where it is sharp (papers.md 2a and 2e.6)."""

from __future__ import annotations

import torch

# ITU-R BT.601. The release adds the red channel three times instead.
LUMINANCE = (0.299, 0.587, 0.114)
# A constant image has a spectrum without range, by which the release divides.
LEAST_RANGE = 1e-6


def spectrum_image(images: torch.Tensor, kind: str, compat: bool = False) -> torch.Tensor:
    """Spectra (B, 3, H, W) in 0..1 of images (B, 3, H, W) in 0..1, zero frequency in the middle.

    `kind` "amplitude" is log(1 + |F|) of the luminance, "phase" its angle; each is stretched to
    0..1 an image and repeated in three channels, so that a patch embedding takes it. `compat`
    takes the red channel and no logarithm, as released, which leaves little but one bright pixel.
    """
    # Half precision has no Fourier transform on every device.
    gray = images[:, 0].float() if compat else luminance(images.float())
    waves = torch.fft.fftshift(torch.fft.fft2(255 * gray), dim=(-2, -1))
    if kind == "phase":
        shown = torch.angle(waves)
    else:
        shown = waves.abs() if compat else torch.log1p(waves.abs())
    return _stretched(shown)[:, None].expand(-1, 3, -1, -1).to(images.dtype)


def luminance(images: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) -> (B, H, W)."""
    weights = torch.tensor(LUMINANCE, device=images.device, dtype=images.dtype)
    return torch.einsum("bchw,c->bhw", images, weights)


def _stretched(values: torch.Tensor) -> torch.Tensor:
    """(B, H, W) with each image's least value 0 and greatest 1; a constant one becomes 0."""
    low = values.amin(dim=(-2, -1), keepdim=True)
    spread = values.amax(dim=(-2, -1), keepdim=True) - low
    return (values - low) / spread.clamp(min=LEAST_RANGE)
