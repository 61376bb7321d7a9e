"""Results (kết quả): approve, number, sign, seal, lay in the citizen's store; reuse in the next procedure."""
