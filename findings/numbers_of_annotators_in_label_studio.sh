#!/usr/bin/env bash
# Believed: Label Studio's JSON says who labelled, so that labels of two people stay two people's, in whatever program they come together.
# Happens: it says "completed_by": 1, the number that everybody has who labels with a Label Studio of their own. Imported by somebody else, the labels
#   become, without a word, those of whoever has that number there: Ben's Label Studio counts Anna's answers as Ben's, who then agrees with nobody or
#   with himself. A file that names her by her address is refused as a whole, unless she is a member there.
# Matters: coders label at home, and their files meet in one comparison. Here a number names nobody: labels are of whoever the file is called after, and
#   files for Label Studio have names in the data of tasks, where they survive (tests/exchange/test_label_studio.py).
# Date: 2026-11-30. Source: run here; tasks/serializers.py of Label Studio (_insert_valid_completed_by).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check label-studio==1.23.2
cat > studio.py <<'PY'
"""A new Label Studio whose only member is called after the first argument, labels a photo and exports the labels; files may follow."""
import json, os, sys
from importlib.metadata import version
from pathlib import Path

name, *files = sys.argv[1:]
os.environ |= {"BASE_DATA_DIR": str(Path(name).absolute()), "DJANGO_SETTINGS_MODULE": "core.settings.label_studio"}
os.environ |= {"SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false"}
os.environ["INACTIVITY_SESSION_TIMEOUT_ENABLED"] = "0"
import label_studio

sys.path.insert(0, str(Path(label_studio.__file__).parent))
import django

django.setup()
from django.core.management import call_command

call_command("migrate", verbosity=0)
from django.test import Client
from organizations.models import Organization
from tasks.models import Annotation
from users.models import User

user = User.objects.create_user(email=f"{name}@example.org", password="not a secret")
user.active_organization = Organization.create_organization(created_by=user, title=name)
user.save()
client = Client()
client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
VIEW = '<View><Image name="image" value="$image"/><Choices name="state" toName="image"><Choice value="bored"/>'
VIEW += '<Choice value="focused"/></Choices></View>'


def post(path, value):
    answer = client.post(path, json.dumps(value), content_type="application/json")
    return answer.status_code, answer.json()


def project():
    return f"/api/projects/{post('/api/projects/', {'title': 'faces', 'label_config': VIEW})[1]['id']}"


def said(place):
    answer = client.get(f"{place}/export?exportType=JSON&download_all_tasks=true")
    return json.loads(b"".join(answer.streaming_content) if answer.streaming else answer.content)


own = project()
post(f"{own}/import", [{"image": "https://example.org/class.jpg"}])
choice = {"from_name": "state", "to_name": "image", "type": "choices", "value": {"choices": ["bored"]}}
post(f"/api/tasks/{said(own)[0]['id']}/annotations/", {"result": [choice]})
tasks = said(own)
Path(f"{name}.json").write_text(json.dumps(tasks))
print("label-studio", version("label-studio"), f"{name}.json: completed_by", tasks[0]["annotations"][0]["completed_by"])
assert [one["completed_by"] for one in tasks[0]["annotations"]] == [1], "the behaviour has changed"
for file in files:
    tasks = json.loads(Path(file).read_text())
    other = project()
    code, told = post(f"{other}/import", tasks)
    by = [one.completed_by.email for one in Annotation.objects.filter(project_id=int(other.rsplit("/", 1)[1]))]
    print(f"{name} imports {file}:", code, {key: told[key] for key in told if "count" in key}, "annotations of", by)
    assert (code, told["annotation_count"], by) == (201, 1, [f"{name}@example.org"]), "the behaviour has changed"
    for task in tasks:
        for one in task["annotations"]:
            one["completed_by"] = {"email": "anna@example.org"}
    code, told = post(f"{project()}/import", tasks)
    print("with her address in it:", code, told["validation_errors"])
    assert code == 400 and "Unknown annotator's email" in str(told), "the behaviour has changed"
PY
venv/bin/python studio.py anna 2> log.txt || { tail -20 log.txt; exit 1; }
venv/bin/python studio.py ben anna.json 2> log.txt || { tail -20 log.txt; exit 1; }
