// The application: every resource on the kernel, and what is said where there is nothing.
import type { AnyElysia } from "elysia";
import { NinesError } from "../../model/errors.ts";
import { finish, type Kernel, type KernelOptions, kernelOf, NOBODY, refusedWith } from "./kernel.ts";
import { methodsAt, mountedOf } from "./mounted.ts";

/**
 * Mounts `resources` (as routes.ts gives them) on a kernel. Each adds its operations to the one application: an
 * instance of Elysia for each would copy every operation from one to the next, and take twice as long to start.
 */
export function serverApp<Resources extends AnyElysia>(
  options: KernelOptions,
  resources: (kernel: Kernel) => Resources,
) {
  const app = resources(kernelOf(options));
  const methodsOf = methodsAt(mountedOf(app));
  return app.onError({ as: "global" }, ({ code, request, set, startedMs }) => {
    if (code !== "NOT_FOUND") return;
    const path = pathOf(request.url); // Elysia's own is wrong when the host has few letters
    const thrown = nothingAt(request.method, path, methodsOf(path));
    const answer = refusedWith(options, { thrown, request, set });
    finish(options, { request, set, route: "none", startedMs: Number(startedMs), principal: NOBODY, answer });
    return answer;
  });
}

/** The path as it came. After a `Host` that cannot be one, the path is all there is of the URL. */
function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/i, "").replace(/\?.*$/s, "");
}

function nothingAt(method: string, path: string, methods: string[]): NinesError {
  if (methods.length === 0) {
    return new NinesError("not_found", {
      message: `There is nothing at '${path.slice(0, 200)}'; /docs lists what there is.`,
    });
  }
  return new NinesError("method_not_allowed", {
    message: `${method.slice(0, 20)} is not allowed here; ${methods.join(", ")} ${methods.length > 1 ? "are" : "is"}.`,
    headers: { Allow: methods.join(", ") },
  });
}
