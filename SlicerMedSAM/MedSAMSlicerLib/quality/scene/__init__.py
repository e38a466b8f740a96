"""What MedSAMQuality reads from the scene, shows in it and keeps in it."""
