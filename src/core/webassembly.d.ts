/** The part of WebAssembly that core/memory.ts uses; part of what platform.d.ts lists, in a file of its own because Node's types lack it. */
declare namespace WebAssembly {
  class Memory {
    /** @param limits in pages of 64 KiB */
    constructor(limits: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory>>);
    readonly exports: unknown;
  }
}
