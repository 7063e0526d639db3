import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bundles } from "../../scripts/build.mjs";
import { root } from "../../scripts/lib/paths.mjs";

/** The engine process and the command line as tests start them: bundled as the product's are, one folder below the repository's, so that the bundled model is found. */
export const programs = { engine: join(root, "out/engine.cjs"), commandLine: join(root, "out/explain.mjs") } as const;

/** Bundles {@link programs} and what they start; `vitest` calls it once before all files of the project. */
export async function setup(): Promise<void> {
  const needed = bundles.filter(({ output }) => /^dist\/(engine|explain|jsonrpc|late\/cli-)/.test(output));
  await Promise.all(
    needed.map(({ output, source, options }) =>
      build({
        ...(options as BuildOptions),
        absWorkingDir: root,
        entryPoints: [source],
        outfile: output.replace("dist/", "out/"),
        bundle: true,
        logLevel: "error",
      }),
    ),
  );
}
