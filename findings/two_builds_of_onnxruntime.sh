#!/usr/bin/env bash
# Believed: where onnxruntime and a build of it with other devices are installed together, the second adds its devices to the first;
#   pip warns if two packages own the same files, and removing one leaves the other whole.
# Happens: both write into one folder, pip says nothing and "pip check" finds no fault. Whichever wheel pip unpacked last is the one
#   that runs; named in one command that is the plain one, so the other's device is missing. Removing either one leaves a module
#   without InferenceSession, while pip still lists the other package.
# Matters: an extra that adds onnxruntime-gpu to a package that depends on onnxruntime gives neither a graphics card nor an error.
# Date: 2026-11-28. Source: run here; https://github.com/microsoft/onnxruntime/issues/26996 reports the first half.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip=("$folder/venv/bin/pip" --disable-pip-version-check)
"${pip[@]}" install --quiet onnxruntime==1.24.4 onnxruntime-openvino==1.24.1 numpy==2.3.5 2>/dev/null
cat >"$folder/look.py" <<'PYTHON'
import onnxruntime

there = hasattr(onnxruntime, "InferenceSession")
print(onnxruntime.__version__, *onnxruntime.get_available_providers()) if there else print("module without InferenceSession")
PYTHON
look() { ORT_DISABLE_TELEMETRY=1 "$folder/venv/bin/python" "$folder/look.py"; }
together=$(look)
check=$("${pip[@]}" check)
"${pip[@]}" uninstall --quiet --yes onnxruntime
alone=$(look)
listed=$("${pip[@]}" list 2>/dev/null | grep -c onnxruntime-openvino || true)
"${pip[@]}" --version
echo "both in one command:    $together"
echo "pip check:              $check"
echo "onnxruntime removed:    $alone; onnxruntime-openvino listed: $listed"
if [[ $together == 1.24.4* && $together != *OpenVINO* && $check == *"No broken"* && $alone == module* && $listed == 1 ]]; then
  echo "as seen on 2026-11-28"
else
  echo "this has changed" && exit 1
fi
