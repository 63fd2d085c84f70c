"""Each function draws one figure from open runs and returns it; NothingToDraw and LogError say why there is none."""
