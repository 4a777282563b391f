/** Told what the lab is doing: a stage when it begins, and again with each detail in it, such as a line of apt. */
export type Progress = (stage: string, detail?: string) => void
