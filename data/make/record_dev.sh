#!/bin/sh
# Record the development queries: sh data/make/record_dev.sh
# About 10 minutes on two cores; run it again to resume. Needs Festival with two voices; on Debian or
# Ubuntu: apt install festival festvox-kdlpc16k festvox-us-slt-hts
#
# The voices of the samples, which training never hears.
set -eu
cd "$(dirname "$0")/../.."
SLT=festival:cmu_us_slt_arctic_hts
KED=festival:ked_diphone
for kind in contacts places facts; do
    ${ER_ENGINE:-er-engine} simulate "data/dev/$kind.jsonl.gz" --prompts "data/dev/prompts/$kind.jsonl.gz" \
        -o "data/dev/${kind}_queries.jsonl.gz" --seed 60413 --voices $SLT,$SLT,$KED \
        --snr-db 32,36,40 --json "$@"
done
