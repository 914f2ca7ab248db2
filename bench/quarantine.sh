#!/bin/sh
# Delivers 4 000 images with GPS at once into the watched folder of a live Safelight with its gateway, on the loopback
# only, and prints what a person waits for as rows of a Markdown table: until nothing is public, moved, journalled and
# proven, the pages, a restart, and the release of all after a false alarm. Needs Go. SAFELIGHT_FLOOD=4000 by default,
# 5 000 at most. Each stage is given up after ten minutes.
set -eu
cd "$(dirname "$0")/.."
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-); $(go version); load $(cut -d' ' -f1 /proc/loadavg)"
echo
echo "| what | measured |"
echo "|---|---|"
CGO_ENABLED=0 go test -run '^$' -bench 'Flood$' -benchtime 1x -timeout 60m ./internal/app | grep -E '^\||FAIL|panic|flood_bench'
