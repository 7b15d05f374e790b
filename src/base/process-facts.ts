// What does a process know about itself? `system-process.ts` finds it out.

export interface ProcessFacts {
  cpuSeconds: number;
  residentBytes: number;
  virtualBytes: number;
  /** Seconds since the Unix epoch. */
  startedSeconds: number;
  openFiles: number;
  openFilesMax: number;
  heapUsedBytes: number;
}
