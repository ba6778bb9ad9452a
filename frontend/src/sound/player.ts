/** Web Audio behind a small door: play a tone, or say why not. */
import type { Note } from "./tones";

export type Playable = "ready" | "blocked" | "unsupported";

export class TonePlayer {
  private context: AudioContext | null = null;

  /** Asks the browser for sound; it agrees only during or after a click or key press. */
  async unlock(): Promise<Playable> {
    if (typeof AudioContext === "undefined") return "unsupported";
    try {
      this.context ??= new AudioContext();
    } catch {
      return "unsupported";
    }
    const context = this.context;
    // A browser that refuses leaves this promise pending for good.
    const refused = new Promise<void>((resolve) => setTimeout(resolve, 300));
    await Promise.race([context.resume().catch(() => undefined), refused]);
    return this.state();
  }

  state(): Playable {
    if (this.context === null) return "blocked";
    return this.context.state === "running" ? "ready" : "blocked";
  }

  /** False when nothing can be heard. `delay` in seconds. */
  play(notes: readonly Note[], delay = 0): boolean {
    const context = this.context;
    if (context === null || context.state !== "running") return false;
    for (const note of notes) {
      const start = context.currentTime + delay + note.at;
      const gain = context.createGain();
      // A soft attack and decay: an edge would click.
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(note.volume, start + 0.012);
      gain.gain.exponentialRampToValueAtTime(0.001, start + note.length);
      const oscillator = context.createOscillator();
      oscillator.type = "triangle";
      oscillator.frequency.value = note.pitch;
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(start);
      oscillator.stop(start + note.length + 0.02);
    }
    return true;
  }
}

/** The one of this page: browsers allow few audio contexts. */
export const pagePlayer = new TonePlayer();
