"""What the way back needs: which values are kept, and where they wait."""
