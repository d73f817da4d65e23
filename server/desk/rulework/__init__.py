"""What the risk team does: write, prove, try, publish, pause, measure."""
