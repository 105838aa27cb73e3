#!/usr/bin/env bash
# Print success, failed or running for one SLURM job id. A job that squeue has forgotten
# (MinJobAge, 300 s by default) is looked up with scontrol; one unknown there counts as failed.
state=$(squeue --noheader --states=all --format=%T --jobs="$1" 2>/dev/null | head -n 1)
[[ -n $state ]] || state=$(scontrol show job "$1" 2>/dev/null | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p')
case $state in
  COMPLETED) echo success ;;
  PENDING | CONFIGURING | RUNNING | SUSPENDED | REQUEUED | RESIZING | COMPLETING | STAGE_OUT) echo running ;;
  *) echo failed ;;
esac
