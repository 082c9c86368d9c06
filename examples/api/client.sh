#!/usr/bin/env bash
# The API from a shell: a photo, and a recording until it is done.
#
# aiducation serve                                                          in another terminal
# bash examples/api/client.sh http://127.0.0.1:8000/ class.jpg lesson.mp4
set -euo pipefail
server=${1%/} photo=$2 recording=$3
curl() { # the token is needed where other machines reach the server
  command curl -sS --fail-with-body ${AIDUCATION_TOKEN:+-H "Authorization: Bearer $AIDUCATION_TOKEN"} "$@"
}

# A photo: as a table, then as a picture with covered faces.
curl -F "file=@\"$photo\"" "$server/api/photo?format=csv" | cut -d, -f4,6-9
curl -F "file=@\"$photo\"" "$server/api/photo?format=picture&anonymize=true" -o annotated.jpg

# A recording: it becomes a job; the events end when it is over.
# Its id is the last part of Location; the server's address may have a path, which a proxy gives it.
id=$(curl -F "file=@\"$recording\"" "$server/api/recordings?every_s=1" -o /dev/null -D - | tr -d '\r' | sed -n 's|^[Ll]ocation: .*/||p')
job=$server/api/recordings/$id
curl -N "$job/events" | grep '^data: ' | tail -n 1
curl "$job/report" -o report.html || cat report.html # why it failed
curl -X DELETE "$job"                  # nothing of it stays
ls annotated.jpg report.html
