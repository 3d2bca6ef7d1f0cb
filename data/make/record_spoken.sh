#!/bin/sh
# Record the training prompts of places, companies and contacts: sh data/make/record_spoken.sh OUT.jsonl
# Hours on one core; run it again to resume. Further arguments (--workers 2) go to the simulation.
# Any part of it will do: python data/make/split_spoken.py OUT.jsonl (or OUT.jsonl.shards)
# On Debian or Ubuntu: apt install flite
set -eu
cd "$(dirname "$0")/../.."
OUT=$1
shift
for kind in places companies contacts; do
    gzip -cd data/training/$kind.jsonl.gz data/training/held_out/$kind.jsonl.gz
done > "$OUT.catalog.jsonl"
# shellcheck disable=SC2086 - ER_ENGINE may be more than one word
${ER_ENGINE:-er-engine} simulate "$OUT.catalog.jsonl" --prompts data/training/spoken_prompts.jsonl.gz \
    -o "$OUT" --seed 73351 --voices flite:slt,flite:rms,flite:awb,flite:kal16 \
    --snr-db 28,32,40 --json "$@"
