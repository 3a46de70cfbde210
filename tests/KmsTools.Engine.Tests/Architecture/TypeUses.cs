using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace KmsTools.Architecture;

/// <summary>
/// The types of an assembly, with the source files that they are in and the types that they name: in what they derive from, in
/// attributes, in fields and signatures, and in the bodies of their methods. What is nested in a type, also by the compiler for lambdas and
/// iterators, counts as the type itself. Constants and nameof leave no trace in an assembly.
/// </summary>
internal sealed class TypeUses
{
    // Portable PDB v1.0, "TypeDefinitionDocuments": the files of types that have no code.
    private static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value & 0xFFFF, static code => code.OperandType);

    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly MetadataReader _symbols;
    private readonly Dictionary<string, HashSet<string>> _used = [];
    private readonly Dictionary<string, HashSet<string>> _sources = [];

    private TypeUses(PEReader file, MetadataReader symbols)
    {
        _file = file;
        _metadata = file.GetMetadataReader();
        _symbols = symbols;
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            string name = NameOf(handle);
            Names names = new(this);
            Collect(_metadata.GetTypeDefinition(handle), names);
            AddTo(_used, name, names.Found);
            AddTo(_sources, name, SourcesOf(handle));
        }
    }

    /// <summary>The names of the types, with their namespaces.</summary>
    public IEnumerable<string> Types => _used.Keys;

    /// <summary>Reads an assembly that has its symbols beside it.</summary>
    public static TypeUses Read(Assembly assembly)
    {
        using PEReader file = new(File.OpenRead(assembly.Location));
        using MetadataReaderProvider symbols = MetadataReaderProvider.FromPortablePdbStream(
            File.OpenRead(Path.ChangeExtension(assembly.Location, ".pdb")));
        return new TypeUses(file, symbols.GetMetadataReader());
    }

    /// <summary>The types that a type names.</summary>
    public IReadOnlySet<string> UsedBy(string type) => _used[type];

    /// <summary>
    /// The source files of a type, beginning with <c>/_/src</c> or <c>/_/tests</c>; none of types that only the compiler made.
    /// </summary>
    public IReadOnlySet<string> SourcesOf(string type) => _sources[type];

    private static void AddTo(Dictionary<string, HashSet<string>> sets, string name, IEnumerable<string> values)
    {
        if (!sets.TryGetValue(name, out HashSet<string>? set))
        {
            sets.Add(name, set = []);
        }

        set.UnionWith(values);
    }

    private IEnumerable<string> SourcesOf(TypeDefinitionHandle type)
    {
        foreach (MethodDefinitionHandle method in _metadata.GetTypeDefinition(type).GetMethods())
        {
            MethodDebugInformation debug = _symbols.GetMethodDebugInformation(method.ToDebugInformationHandle());
            if (!debug.Document.IsNil)
            {
                yield return NameOf(debug.Document);
            }
        }

        foreach (CustomDebugInformationHandle handle in _symbols.GetCustomDebugInformation(type))
        {
            CustomDebugInformation information = _symbols.GetCustomDebugInformation(handle);
            if (_symbols.GetGuid(information.Kind) == TypeDocuments)
            {
                BlobReader documents = _symbols.GetBlobReader(information.Value);
                while (documents.RemainingBytes > 0)
                {
                    yield return NameOf(MetadataTokens.DocumentHandle(documents.ReadCompressedInteger()));
                }
            }
        }
    }

    private string NameOf(DocumentHandle document) => _symbols.GetString(_symbols.GetDocument(document).Name).Replace('\\', '/');

    private string NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        return type.GetDeclaringType() is { IsNil: false } outer ? NameOf(outer) : NameOf(type.Namespace, type.Name);
    }

    private string NameOf(TypeReferenceHandle handle)
    {
        TypeReference type = _metadata.GetTypeReference(handle);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? NameOf((TypeReferenceHandle)type.ResolutionScope)
            : NameOf(type.Namespace, type.Name);
    }

    private string NameOf(StringHandle space, StringHandle name) =>
        space.IsNil ? _metadata.GetString(name) : $"{_metadata.GetString(space)}.{_metadata.GetString(name)}";

    private void Collect(TypeDefinition type, Names names)
    {
        Collect(type.BaseType, names);
        Collect(type.GetCustomAttributes(), names);
        Collect(type.GetGenericParameters(), names);
        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
        {
            Collect(_metadata.GetInterfaceImplementation(implementation).Interface, names);
        }

        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            Collect(field, names);
            Collect(_metadata.GetFieldDefinition(field).GetCustomAttributes(), names);
        }

        foreach (PropertyDefinitionHandle property in type.GetProperties())
        {
            Collect(_metadata.GetPropertyDefinition(property).GetCustomAttributes(), names);
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            Collect(method, names);
            Collect(_metadata.GetMethodDefinition(method).GetCustomAttributes(), names);
            Collect(_metadata.GetMethodDefinition(method).GetGenericParameters(), names);
            CollectBody(_metadata.GetMethodDefinition(method), names);
        }
    }

    private void Collect(CustomAttributeHandleCollection attributes, Names names)
    {
        foreach (CustomAttributeHandle attribute in attributes)
        {
            Collect(_metadata.GetCustomAttribute(attribute).Constructor, names);
        }
    }

    private void Collect(GenericParameterHandleCollection parameters, Names names)
    {
        foreach (GenericParameterConstraintHandle constraint in parameters.SelectMany(
            handle => _metadata.GetGenericParameter(handle).GetConstraints()))
        {
            Collect(_metadata.GetGenericParameterConstraint(constraint).Type, names);
        }
    }

    private void Collect(EntityHandle handle, Names names)
    {
        switch (handle.Kind)
        {
            case var _ when handle.IsNil:
            case HandleKind.ModuleReference:
                break;
            case HandleKind.TypeDefinition:
                names.Found.Add(NameOf((TypeDefinitionHandle)handle));
                break;
            case HandleKind.TypeReference:
                names.Found.Add(NameOf((TypeReferenceHandle)handle));
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(names, null);
                break;
            case HandleKind.FieldDefinition:
                FieldDefinition field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                Collect(field.GetDeclaringType(), names);
                field.DecodeSignature(names, null);
                break;
            case HandleKind.MethodDefinition:
                MethodDefinition method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                Collect(method.GetDeclaringType(), names);
                method.DecodeSignature(names, null);
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Collect(specification.Method, names);
                specification.DecodeSignature(names, null);
                break;
            case HandleKind.MemberReference:
                MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                Collect(member.Parent, names);
                if (member.GetKind() == MemberReferenceKind.Field)
                {
                    member.DecodeFieldSignature(names, null);
                }
                else
                {
                    member.DecodeMethodSignature(names, null);
                }

                break;
            case HandleKind.StandaloneSignature:
                _metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(names, null);
                break;
            default:
                throw new InvalidOperationException($"A token of kind {handle.Kind} is not expected.");
        }
    }

    private void CollectBody(MethodDefinition method, Names names)
    {
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        MethodBodyBlock body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(names, null);
        }

        foreach (ExceptionRegion region in body.ExceptionRegions.Where(static region => region.Kind == ExceptionRegionKind.Catch))
        {
            Collect(region.CatchType, names);
        }

        BlobReader code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            int operation = code.ReadByte();
            if (operation == 0xFE)
            {
                operation = (operation << 8) | code.ReadByte();
            }

            OperandType operand = Operands[operation];
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType or OperandType.InlineSig)
            {
                Collect(MetadataTokens.EntityHandle(code.ReadInt32()), names);
            }
            else
            {
                code.Offset += SizeOf(operand, code);
            }
        }
    }

    private static int SizeOf(OperandType operand, BlobReader code) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineString or OperandType.ShortInlineR => 4,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * code.ReadInt32()),
        _ => throw new InvalidOperationException($"An operand of type {operand} is not expected."),
    };

    /// <summary>Collects the types that signatures name. What the types are made to is of no interest.</summary>
    private sealed class Names(TypeUses owner) : ISignatureTypeProvider<ValueTuple, object?>
    {
        public HashSet<string> Found { get; } = new(StringComparer.Ordinal);

        public ValueTuple GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            Found.Add(owner.NameOf(handle));
            return default;
        }

        public ValueTuple GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            Found.Add(owner.NameOf(handle));
            return default;
        }

        public ValueTuple GetTypeFromSpecification(
            MetadataReader reader,
            object? genericContext,
            TypeSpecificationHandle handle,
            byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public ValueTuple GetModifiedType(ValueTuple modifier, ValueTuple unmodifiedType, bool isRequired) => default;

        public ValueTuple GetGenericInstantiation(ValueTuple genericType, ImmutableArray<ValueTuple> typeArguments) => default;

        public ValueTuple GetFunctionPointerType(MethodSignature<ValueTuple> signature) => default;

        public ValueTuple GetArrayType(ValueTuple elementType, ArrayShape shape) => default;

        public ValueTuple GetSZArrayType(ValueTuple elementType) => default;

        public ValueTuple GetByReferenceType(ValueTuple elementType) => default;

        public ValueTuple GetPointerType(ValueTuple elementType) => default;

        public ValueTuple GetPinnedType(ValueTuple elementType) => default;

        public ValueTuple GetPrimitiveType(PrimitiveTypeCode typeCode) => default;

        public ValueTuple GetGenericTypeParameter(object? genericContext, int index) => default;

        public ValueTuple GetGenericMethodParameter(object? genericContext, int index) => default;
    }
}
