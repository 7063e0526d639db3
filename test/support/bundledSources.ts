import { build } from "esbuild";
import { bundles, esbuildOptions } from "../../scripts/build.mjs";

/** The source files that the shipped bundles are made of, read from source maps rather than from the list that the notices are made from. */
export async function bundledSources(): Promise<string[]> {
  const sources = await Promise.all(
    bundles.map(async (bundle) => {
      const { outputFiles = [] } = await build({
        ...esbuildOptions(bundle, true),
        write: false,
        sourcemap: "external",
        sourcesContent: false,
      });
      const maps = outputFiles.filter(({ path }) => path.endsWith(".map"));
      return maps.flatMap(({ text }) => (JSON.parse(text) as { sources: string[] }).sources);
    }),
  );
  return sources.flat();
}
