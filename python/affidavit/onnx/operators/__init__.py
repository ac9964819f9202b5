"""One module an ONNX operator (or family that shares its code); each registers its translators."""
