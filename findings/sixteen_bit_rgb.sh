#!/usr/bin/env bash
# Believed: to tone-map HDR, 10-bit YUV is converted to packed 16-bit RGB (rgb48le), the obvious format with room for it.
# Seen: libswscale of FFmpeg 8.0 (PyAV 16.1.0 and 17.0.1) gives wrong colours there without an error, up to 100 of 255 levels
# off on a frame of one colour, also from 8 bits as soon as the width is scaled; planar 10-bit RGB (gbrp10le) is right in every
# version, and so is rgb48le in PyAV 15.1.0 and 18.1.0. Some processors may take other code paths: this was an x86-64 with AVX2.
# Matters: a tone map built on rgb48le works for its author and paints faces green for others. This project uses gbrp10le.
# Date: 2026-11-28. Source: run here.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/convert.py" <<'PYTHON'
import av
import numpy as np

frame = av.VideoFrame(64, 64, "yuv420p10le")
for plane, level in zip(frame.planes, (480, 360, 720)):
    plane.update(np.full(plane.buffer_size // 2, level, np.uint16).tobytes())
packed = frame.reformat(format="rgb48le").to_ndarray()[32, 32] / 257
planar = frame.reformat(format="gbrp10le").to_ndarray()[32, 32] / 1023 * 255
print(av.__version__, "rgb48le", packed.round(), "gbrp10le", planar.round(), "apart", round(float(np.abs(packed - planar).max())))
PYTHON
for version in 15.1.0 16.1.0 17.0.1 18.1.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "av==$version" numpy==2.3.4
  "$folder/$version/bin/python" "$folder/convert.py" | tee -a "$folder/said"
done
apart=$(sed 's/.*apart //' "$folder/said" | tr '\n' ' ')
read -r first second third fourth <<<"$apart"
if ((first <= 2 && second > 50 && third > 50 && fourth <= 2)); then
  echo "as seen on 2026-11-28"
else
  echo "this has changed"
  exit 1
fi
