/** How parts of a text are set off on a terminal; injected, so that reports themselves stay plain. */

/** Wraps pieces of text for display. Must not change their visible width. */
export interface TextStyle {
  /** What says that frames are missing. */
  loss(text: string): string;
  /** What says that something can't be relied on. */
  warning(text: string): string;
  /** What matters least: headings of columns, remarks. */
  faint(text: string): string;
}

/** No style at all: for files, pipes and tests. */
export const plainStyle: TextStyle = {
  loss: (text) => text,
  warning: (text) => text,
  faint: (text) => text,
};
