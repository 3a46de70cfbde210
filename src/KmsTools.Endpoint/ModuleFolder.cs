using System.Reflection;
using System.Runtime.Loader;

namespace KmsTools.Endpoint;

/// <summary>
/// In the module, the folder of the endpoint contains only its own assemblies, the command-line parser and OpenTelemetry: the engine is in
/// the folder of the module, everything else in its folder Dependencies. There are no second copies of either.
/// </summary>
internal static class ModuleFolder
{
    private const string Engine = "KmsTools.Engine";

    // Those whose .deps.json locates the assemblies and the native libraries of their packages.
    private static readonly string[] Parts = ["KmsTools.Storage", "KmsTools.Pkcs11", "KmsTools.BouncyCastle", "KmsTools.Xks"];

    /// <summary>Lets the runtime find there the assemblies that are not beside this program.</summary>
    public static void Use()
    {
        string module = Path.GetFullPath("..", AppContext.BaseDirectory);
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, Engine + ".dll")) || !File.Exists(Path.Combine(module, Engine + ".dll")))
        {
            return;
        }

        AssemblyDependencyResolver[] resolvers =
            [.. Parts.Select(part => new AssemblyDependencyResolver(Path.Combine(module, "Dependencies", part + ".dll")))];
        AssemblyLoadContext.Default.Resolving += (context, name) => Find(name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            resolvers.Select(resolver => resolver.ResolveUnmanagedDllToPath(name))
                .FirstOrDefault(static path => path is not null) is { } path
                ? System.Runtime.InteropServices.NativeLibrary.Load(path)
                : 0;

        string? Find(AssemblyName name) => name.Name == Engine
            ? Path.Combine(module, Engine + ".dll")
            : resolvers.Select(resolver => resolver.ResolveAssemblyToPath(name)).FirstOrDefault(static path => path is not null);
    }
}
