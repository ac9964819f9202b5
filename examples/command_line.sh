#!/bin/sh
# The credit decision from the shell, with the files that `make demo` leaves: sh examples/command_line.sh [demo-out]
set -eu
demo=${1:-demo-out}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

affidavit inspect "$demo/credit.onnx"
affidavit compile "$demo/credit.onnx" --calibration "$demo/calibration.npz" -o "$work/net.plan"
affidavit commit "$work/net.plan" --uses 4 -o "$work/net"
affidavit keygen "$work/bureau"
affidavit commit-input "$demo/applicant.npz" --schema "$work/net.card" --key "$work/bureau.pem" --record applicant-0831 \
    -o "$work/record"
affidavit prove "$work/net.model" --input "$work/record.input" --at-least 'probabilities[1]' 0.6 \
    -o "$work/decision.affidavit"
affidavit verify "$work/decision.affidavit" --card "$work/net.card" --issuer "$work/bureau.pub.pem" \
    --record applicant-0831 --at-least 'probabilities[1]' 0.6
affidavit explain "$work/decision.affidavit" --card "$work/net.card"
