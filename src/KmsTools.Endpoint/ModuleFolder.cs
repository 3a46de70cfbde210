using System.Reflection;
using System.Runtime.Loader;

namespace KmsTools.Endpoint;

/// <summary>
/// In the module, the endpoint has only its own assembly and the reader of its command line beside it: the engine is in the folder of the
/// module, everything else in its folder Dependencies. There are no second copies of either.
/// </summary>
internal static class ModuleFolder
{
    private const string Engine = "KmsTools.Engine";

    // Those whose .deps.json tells where the assemblies and the native libraries of their packages are.
    private static readonly string[] Parts = ["KmsTools.Storage", "KmsTools.Pkcs11", "KmsTools.BouncyCastle"];

    /// <summary>Lets the runtime find there what is not beside this program.</summary>
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
            resolvers.Select(resolver => resolver.ResolveUnmanagedDllToPath(name)).FirstOrDefault(static path => path is not null) is { } path
                ? System.Runtime.InteropServices.NativeLibrary.Load(path)
                : 0;

        string? Find(AssemblyName name) => name.Name == Engine
            ? Path.Combine(module, Engine + ".dll")
            : resolvers.Select(resolver => resolver.ResolveAssemblyToPath(name)).FirstOrDefault(static path => path is not null);
    }
}
