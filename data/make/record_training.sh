#!/bin/sh
# Record the composed training utterances: sh data/make/record_training.sh
# About 40 minutes on half a core; run it again to resume. On Debian or Ubuntu: apt install flite
set -eu
cd "$(dirname "$0")/../.."
for folder in data/training data/training/held_out; do
    er-engine simulate $folder/composed.jsonl.gz --prompts $folder/composed_prompts.jsonl.gz \
        -o $folder/composed_nbest.jsonl.gz --seed 41057 --snr-db 28,32,40 \
        --voices flite:slt,flite:rms,flite:awb,flite:kal16 \
        --strength 0 --vocabulary none --json
done
