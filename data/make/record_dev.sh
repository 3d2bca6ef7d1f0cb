#!/bin/sh
# Record the development queries: sh data/make/record_dev.sh [WORKERS]
# About 10 minutes on one core; run it again to resume. Needs Festival with two voices; on Debian or
# Ubuntu: apt install festival festvox-kdlpc16k festvox-us-slt-hts
#
# The voices of the samples, which training never hears.
set -eu
cd "$(dirname "$0")/../.."
VOICES=festival:cmu_us_slt_arctic_hts,festival:ked_diphone
for kind in contacts places facts; do
    OUT=data/dev/${kind}_queries.jsonl.gz
    test -e "$OUT" || ${PYTHON:-python} data/make/record.py data/dev/$kind.jsonl.gz \
        data/dev/prompts/$kind.jsonl.gz "$OUT" $VOICES 60413 "${1:-1}"
done
