/** How loud a microphone is, ten times a second: 0 silent, 1 as loud as it gets. */

const EVERY_MS = 100;
/** Speech close to a microphone lies around here. */
const LOUD = 0.25;

/** Returns what ends it. The browser lets a page listen only after a click; before that the level stays 0. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close();
  };
}

export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const level = Math.sqrt(sum / Math.max(1, samples.length));
  return Math.min(1, Math.sqrt(level / LOUD));
}
