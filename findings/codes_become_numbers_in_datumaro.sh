#!/usr/bin/env bash
# Believed: Datumaro hands attributes of a CVAT file on as they are written: whoever is "007" in a list to choose from stays "007".
# Happens: values of attributes to choose from that look like numbers become numbers: "007" comes back as "7.0", "1e3" as "1000.0",
#   so "007" and "7" are one person; the list itself is declared as free text. Attributes of free text keep "008", but a note
#   "true" is a truth value, too.
# Matters: people in studies have codes of digits. Our files for CVAT declare person and annotator as free text, which stays;
#   tests/exchange/test_other_programs.py has a person "007".
# Date: 2026-11-29. Source: run here; Datumaro's description of the format does not say it.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check datumaro==1.13.12
mkdir -p given/images
cat > given/annotations.xml <<'XML'
<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><size>1</size><mode>annotation</mode><labels><label><name>face</name><attributes>
    <attribute><name>person</name><mutable>False</mutable><input_type>select</input_type><values>007
1e3</values></attribute>
    <attribute><name>code</name><mutable>False</mutable><input_type>text</input_type><values></values></attribute>
  </attributes></label></labels></task></meta>
  <image id="0" name="a.jpg" width="100" height="50">
    <box label="face" occluded="0" xtl="1" ytl="1" xbr="9" ybr="9" z_order="0">
      <attribute name="person">007</attribute><attribute name="code">008</attribute></box>
    <box label="face" occluded="0" xtl="21" ytl="1" xbr="29" ybr="9" z_order="0">
      <attribute name="person">1e3</attribute><attribute name="code">true</attribute></box>
  </image>
</annotations>
XML
venv/bin/python - 2> log.txt <<'PY'
import xml.etree.ElementTree as ET

import datumaro
from PIL import Image

Image.new("RGB", (100, 50)).save("given/images/a.jpg")
read = datumaro.Dataset.import_from("given", "cvat")
inside = [(one.attributes["person"], one.attributes["code"]) for item in read for one in item.annotations]
read.export("written", "cvat", save_media=False)
written = ET.parse("written/annotations.xml")
again = [(one.get("name"), one.text) for one in written.findall("image/box/attribute")]
declared = {one.findtext("name"): one.findtext("input_type") for one in written.findall("meta//attribute")}
print("datumaro", datumaro.__version__, inside, again, declared)
assert inside == [(7.0, "008"), (1000.0, True)], "the behaviour has changed"
assert again == [("person", "7.0"), ("code", "008"), ("person", "1000.0"), ("code", "true")], "the behaviour has changed"
assert declared == {"person": "text", "code": "text"}, "the behaviour has changed"
PY
