"""What happens to streams of packets: layers, slots, repair, choice. Pure; time is an argument."""
