using System.Reflection;
using System.Runtime.Loader;

namespace KmsTools.Programs;

/// <summary>
/// In the module, the folder of a program contains only its own assemblies and what no other one has: the engine is in the folder of the
/// module, what programs share in that of the endpoint, everything else in the folder Dependencies. There are no second copies.
/// </summary>
internal static class ModuleFolder
{
    private const string Engine = "KmsTools.Engine";

    private const string Shared = "Endpoint";

    /// <summary>Lets the runtime find there the assemblies that are not beside this program.</summary>
    /// <param name="parts">
    /// The assemblies of Dependencies whose .deps.json locates the assemblies and the native libraries of their packages.
    /// </param>
    public static void Use(params string[] parts)
    {
        string module = Path.GetFullPath("..", AppContext.BaseDirectory);
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, Engine + ".dll")) || !File.Exists(Path.Combine(module, Engine + ".dll")))
        {
            return;
        }

        AssemblyDependencyResolver[] resolvers =
            [.. parts.Select(part => new AssemblyDependencyResolver(Path.Combine(module, "Dependencies", part + ".dll")))];
        AssemblyLoadContext.Default.Resolving += (context, name) => Find(name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            resolvers.Select(resolver => resolver.ResolveUnmanagedDllToPath(name))
                .FirstOrDefault(static path => path is not null) is { } path
                ? System.Runtime.InteropServices.NativeLibrary.Load(path)
                : 0;

        string? Find(AssemblyName name) => name.Name == Engine
            ? Path.Combine(module, Engine + ".dll")
            : resolvers.Select(resolver => resolver.ResolveAssemblyToPath(name)).FirstOrDefault(static path => path is not null)
                ?? (Path.Combine(module, Shared, name.Name + ".dll") is var shared && File.Exists(shared) ? shared : null);
    }
}
