#!/usr/bin/env bash
# Believed: huggingface_hub writes each EvalResult into a model card under the data set that it names, and reads it back so.
# Happens: results are put together by task, type, configuration, part and revision of the data, not by its name or arguments; whatever agrees in these
#   is written under the first one's name. Faces from the web (0.66), posed faces (0.59) and press photos (0.77), all of the type "image-folder", become
#   three accuracies "on colour pictures from the web", and so they are read back. Nothing is raised. Their source goes the same way.
# Matters: a model card is where one looks up how a model does on other people, and its page shows a number that was measured elsewhere. Each set of
#   one's own needs a dataset_type or dataset_config of its own. Here cards are Markdown with a row for each set, and JSON (results/).
# Date: 2026-12-01. Source: run here (2.4.0); https://github.com/huggingface/huggingface_hub/issues/4975 (closed) has arguments and source; its page
#   of EvalResult calls dataset_name a "pretty name".
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check huggingface_hub==2.4.0
venv/bin/python - <<'PY'
from importlib.metadata import version

from huggingface_hub import EvalResult, ModelCard, ModelCardData

MEASURED = [("colour pictures from the web", 0.66), ("posed faces", 0.59), ("gray press photos", 0.77)]


def read_back(**more):
    """The results as a card has them after it was written and read."""
    results = [EvalResult(task_type="image-classification", dataset_type="image-folder", dataset_name=name, metric_type="accuracy",
                          metric_value=value, **{key: name for key in more}) for name, value in MEASURED]
    card = ModelCard(f"---\n{ModelCardData(model_name='faces', eval_results=results).to_yaml()}\n---\n")
    return str(card), [(one.dataset_name, one.metric_value) for one in ModelCard(str(card)).data.eval_results]


card, seen = read_back()
print(card, seen, sep="\n")
print("with a configuration for each:", read_back(dataset_config=True)[1])
print("huggingface_hub", version("huggingface_hub"))
assert seen == [("colour pictures from the web", value) for _, value in MEASURED], "the behaviour has changed"
assert read_back(dataset_config=True)[1] == MEASURED, "the behaviour has changed"
PY
