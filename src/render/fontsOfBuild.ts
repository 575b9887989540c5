// The prepared fonts within the program; tools/build.mjs makes them before it compiles.
import bold from "../../dist/fonts/bold.font" with { type: "file" };
import medium from "../../dist/fonts/medium.font" with { type: "file" };
import regular from "../../dist/fonts/regular.font" with { type: "file" };

export { bold, medium, regular };
