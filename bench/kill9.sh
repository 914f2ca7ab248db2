#!/bin/sh
# Kills a real server by SIGKILL while incidents are declared and acknowledged, starts it again each time, and compares what
# a mail server got with what the journal says. Needs Go. KILLS=220 by default, some three seconds each.
set -eu
cd "$(dirname "$0")/.."
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); load $(cut -d' ' -f1 /proc/loadavg)"
SAFELIGHT_KILLS=${KILLS:-220} CGO_ENABLED=0 go test -run '^TestKill9$' -count=1 -v -timeout 0 ./cmd/safelight | grep -E 'kills,|kill9_test|ok|FAIL|panic'
