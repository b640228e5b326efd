import { defineConfig } from 'vitest/config';

/** `unit`: beside the code, in worker threads. `whole`: test/ and node/, in processes of their own, since those open sockets and devices and start programs. */
export default defineConfig({
  test: {
    reporters: ['./tools/reporter.ts'],
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: ['src/node/**'],
          pool: 'threads',
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts', 'src/node/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
});
