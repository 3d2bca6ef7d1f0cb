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
${PYTHON:-python} data/make/names.py "$OUT.catalog.jsonl" > "$OUT.names.txt"
${PYTHON:-python} -m er_engine.cli simulate "$OUT.catalog.jsonl" \
    --prompts data/training/spoken_prompts.jsonl.gz -o "$OUT" --seed 73351 \
    --voices flite:slt,flite:rms,flite:awb,flite:kal16 --snr-db 28,32,36,40 --strength 0.5 \
    --vocabulary "$OUT.names.txt" --known-words 0.7 --known-names 0.5 --json "$@"
