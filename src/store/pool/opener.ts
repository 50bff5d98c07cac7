/** What the pool must be able to do with the things it lends. It knows no database. */
export interface Opener<R> {
  open(): Promise<R>;
  /** Does it still answer? A rejection counts as no. */
  validate(resource: R): Promise<boolean>;
  /**
   * Makes a returned resource as good as new. False: it cannot be, close it. The answer comes at once, without a promise,
   * when nothing has to be done, so that returning a clean connection costs nothing.
   */
  reset(resource: R): boolean | Promise<boolean>;
  /** Ends it, whatever it is doing; who uses it afterwards is told the reason. Called once for each resource. */
  close(resource: R, reason: string): Promise<void>;
}
