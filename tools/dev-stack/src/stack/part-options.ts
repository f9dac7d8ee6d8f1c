/** What every part of the infrastructure is told about where it lives. */
export interface PartOptions {
  /** The parent folder of its data. */
  dataDir: string;
  logFile: string;
  port: number;
  /** The data is deleted at the end of this run: no need to survive a power cut. */
  ephemeral: boolean;
}
