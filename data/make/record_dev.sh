#!/bin/sh
# Record the development queries: sh data/make/record_dev.sh [--workers 2]
# About 10 minutes on two cores; run it again to resume. Needs Festival with two voices; on Debian or
# Ubuntu: apt install festival festvox-kdlpc16k festvox-us-slt-hts
#
# The voices of the samples, which training never hears; the recogniser knows a part of the names.
set -eu
cd "$(dirname "$0")/../.."
NAMES=$(mktemp)
trap 'rm -f "$NAMES"' EXIT
for kind in contacts places facts; do
    ${PYTHON:-python} data/make/names.py "data/dev/$kind.jsonl.gz" > "$NAMES"
    ${PYTHON:-python} -m er_engine.cli simulate "data/dev/$kind.jsonl.gz" \
        --prompts "data/dev/prompts/$kind.jsonl.gz" -o "data/dev/${kind}_queries.jsonl.gz" \
        --seed 60413 --voices festival:cmu_us_slt_arctic_hts,festival:ked_diphone \
        --snr-db 28,32,36,40 --strength 0.5 \
        --vocabulary "$NAMES" --known-words 0.7 --known-names 0.5 --json "$@"
done
