"""The demo campaign: a document with pictures, as a county would hand it in. It holds no rule and no code but drawing."""
